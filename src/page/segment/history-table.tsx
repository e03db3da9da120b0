import type { HistoryDay } from '../api/answers.js';
import { formatCount, formatDay } from '../parts/format.js';

/** The numbers of the chart as a table. */
export function HistoryTable({ history }: { history: readonly HistoryDay[] }) {
  return (
    <details class="history">
      <summary>Days as a table</summary>
      <table>
        <caption class="visually-hidden">Users of each day, and of the window up to it</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col" class="cell-number">
              Users
            </th>
            <th scope="col" class="cell-number">
              Rolling window
            </th>
            <th scope="col" class="cell-number">
              Days known of it
            </th>
          </tr>
        </thead>
        <tbody>
          {history.toReversed().map(({ day, user_count, rolling }) => (
            <tr key={day}>
              <th scope="row">
                <time dateTime={day}>{formatDay(day)}</time>
              </th>
              <td class="cell-number">{formatCount(user_count)}</td>
              <td class="cell-number">{formatCount(rolling.user_count)}</td>
              <td class="cell-number">{rolling.days}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
