/** A placeholder while data are loaded. */
export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading</span>
      <span class="loading-line" />
      <span class="loading-line" />
      <span class="loading-line" />
    </div>
  );
}
