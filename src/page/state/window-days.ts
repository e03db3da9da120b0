/** How many UTC days this ES counts; it says so in the page. */
export const windowDays = Number(
  document.querySelector('meta[name=window-days]')?.getAttribute('content'),
);
