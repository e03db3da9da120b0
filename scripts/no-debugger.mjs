// Imported first by what runs for long: as src/shared/no-debugger.ts, before there is a build.
process.on('SIGUSR1', () => {});
