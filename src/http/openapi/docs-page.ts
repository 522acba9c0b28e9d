/** How the reference page presents itself, and what a browser may load for it. */

import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui';

const mark = `<path d="M11 8h6a6 6 0 0 1 0 12h-2" fill="none" stroke="#e5b567" stroke-width="3" stroke-linecap="round"/>
<path d="M15 14h-6a6 6 0 0 0 0 12h6" fill="none" stroke="#8fc1e3" stroke-width="3" stroke-linecap="round"/>`;

/** Two links of a chain. */
const icon = svg('0 0 28 34', mark);
const logo = svg(
  '0 0 190 34',
  `${mark}<text x="36" y="24" font-family="sans-serif" font-size="22" font-weight="600" fill="#fff">Lienthong</text>`,
);

/** Options of @fastify/swagger-ui. */
export const docsPage = {
  routePrefix: '/docs',
  // No upgrade-insecure-requests: behind plain HTTP under another name than localhost the page would load nothing.
  staticCSP: {
    'default-src': "'self'",
    'base-uri': "'self'",
    'frame-ancestors': "'self'",
    'img-src': "'self' data:",
    'object-src': "'none'",
    'script-src-attr': "'none'",
  },
  theme: {
    title: 'Lienthong: reference',
    favicon: [{ filename: 'icon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: icon }],
  },
  logo: { type: 'image/svg+xml', content: logo, href: '/docs', target: '_self' },
} satisfies FastifySwaggerUiOptions;

function svg(viewBox: string, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBox}">${content}</svg>`;
}
