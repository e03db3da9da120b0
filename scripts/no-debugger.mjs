// Imported first by what runs for long: as src/process/no-debugger.ts, before there is a build.
process.on('SIGUSR1', () => {});
