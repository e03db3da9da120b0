// A worker that says, when it is asked, whether it is the first.
const { isFirstWorker } = await import(
  new URL('../../dist/process/worker-questions.js', import.meta.url).href
);

process.on('message', async (message) => {
  if (message === 'is it you?') process.send?.({ isFirst: await isFirstWorker() });
});
process.once('disconnect', () => process.exit());
process.send?.('listens');
