/** Loaded into each child before its own module: ends it when the gateway is gone, however that ended. */

process.on('disconnect', () => process.exit(0));
// Listening must not keep a child alive that has nothing left to do.
process.channel?.unref();
