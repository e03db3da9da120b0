import { useState } from 'preact/hooks';
import type { RequestFailure } from '../api/request-failure.js';
import { credential } from '../state/credential.js';

/** Asks the user for the API key or token that the service requires. */
export function SignIn({ failure }: { failure: RequestFailure }) {
  const [text, setText] = useState('');
  const isFirst = credential.get() === '';
  const explanation = isFirst
    ? 'This service answers only who shows an API key or a token that may read segments.'
    : `The service refused the one it was shown: ${failure.message}.`;

  function signIn(event: Event): void {
    event.preventDefault();
    if (text.trim() !== '') credential.set(text.trim());
  }

  return (
    <form class="notice sign-in" onSubmit={signIn} aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">Sign in</h2>
      <p role={isFirst ? undefined : 'alert'}>{explanation}</p>
      <label class="field">
        API key or token
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p class="muted">It stays in this tab until the tab is closed or you sign out.</p>
      <button type="submit" class="primary">
        Sign in
      </button>
    </form>
  );
}
