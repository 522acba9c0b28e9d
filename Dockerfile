# syntax=docker/dockerfile:1
# The gateway as a container: built in one stage, run in another by a user without privileges.

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production
# Half of these threads may resolve names (libuv), each for as long as a name server lets it wait: with 4, Node's default, two
# names that hang would keep all others from being resolved (docs/registry-calls.md). As workers.poolThreads.
ENV UV_THREADPOOL_SIZE=16
WORKDIR /app
RUN groupadd --gid 10001 lienthong \
 && useradd --uid 10001 --gid lienthong --no-create-home --shell /usr/sbin/nologin lienthong \
 && install -d -o lienthong -g lienthong -m 0700 /data
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY --from=build /build/schemas ./schemas
COPY --from=build /build/config ./config
COPY --from=build /build/adapters/manifest.schema.json ./adapters/manifest.schema.json
USER lienthong
VOLUME /data
EXPOSE 8080
# Unready: the exchange log failed, which only a restart can mend, or witnesses are demanded and missing; a registry's trouble leaves it ready.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/src/main.js"]
CMD ["serve", "--host", "0.0.0.0", "--data", "/data"]
