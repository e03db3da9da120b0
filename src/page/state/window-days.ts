/** How many UTC days this ES counts. ES writes the number into the page. */
export const windowDays = Number(
  document.querySelector('meta[name=window-days]')?.getAttribute('content'),
);
