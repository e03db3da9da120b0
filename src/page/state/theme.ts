import { createStore } from './store.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'theme';

/** The theme: light, dark, or the theme of the system. The browser stores it. */
export const theme = createStore<Theme>(parseTheme(localStorage.getItem(KEY)));

/** Makes the page follow the chosen theme. */
export function applyTheme(): void {
  const apply = () => {
    if (theme.get() === 'system') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.setAttribute('data-theme', theme.get());
  };
  theme.subscribe(() => {
    localStorage.setItem(KEY, theme.get());
    apply();
  });
  apply();
}

function parseTheme(value: string | null): Theme {
  return THEMES.find((one) => one === value) ?? 'system';
}
