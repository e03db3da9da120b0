/** How many UTC days this ES counts, as it wrote into the page. */
export const windowDays = Number(
  document.querySelector('meta[name=window-days]')?.getAttribute('content'),
);
