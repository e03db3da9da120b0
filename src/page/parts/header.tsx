import { currentRoute } from '../routing/current-route.js';
import { live } from '../state/auto-refresh.js';
import { credential } from '../state/credential.js';
import { useStore } from '../state/store.js';
import { THEMES, type Theme, theme } from '../state/theme.js';

const VIEWS = [
  ['segments', '#/', 'Segments'],
  ['overlap', '#/overlap', 'Overlap'],
] as const;

const THEME_NAMES: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' };

/** The navigation, and the settings of the page. */
export function Header() {
  const { view } = useStore(currentRoute);
  return (
    <header class="header">
      <nav aria-label="Views">
        {VIEWS.map(([name, link, title]) => (
          <a key={name} href={link} aria-current={name === view ? 'page' : undefined}>
            {title}
          </a>
        ))}
        <a href="swagger/index.html">API</a>
      </nav>
      <div class="header-controls">
        <SignOut />
        <LiveSwitch />
        <ThemeChoice />
      </div>
    </header>
  );
}

function LiveSwitch() {
  const isLive = useStore(live);
  return (
    <button
      type="button"
      class="quiet live"
      role="switch"
      aria-checked={isLive}
      title="Refresh what is shown every 5 seconds"
      onClick={() => live.set(!isLive)}
    >
      <span class="live-dot" aria-hidden="true" />
      Live
    </button>
  );
}

function ThemeChoice() {
  const chosen = useStore(theme);
  return (
    <label class="theme">
      <span class="visually-hidden">Theme</span>
      <select value={chosen} onChange={(event) => theme.set(event.currentTarget.value as Theme)}>
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {THEME_NAMES[name]}
          </option>
        ))}
      </select>
    </label>
  );
}

function SignOut() {
  if (useStore(credential) === '') return null;
  return (
    <button type="button" class="quiet" onClick={() => credential.set('')}>
      Sign out
    </button>
  );
}
