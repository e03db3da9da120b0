import { makeRows, upload } from '../loads/upload.js';
import { runWrk } from '../loads/wrk.js';
import { interleaveSystems } from '../report/cores.js';
import { median } from '../report/rounds.js';
import type { Section } from '../report/table.js';
import { residentMiB } from '../systems/processes.js';
import type { OwnSystem } from '../systems/system.js';
import { SEGMENTS, type Times } from './posts.js';

const ROWS = 1_000_000;

/** One large body through USS. */
export async function measureBulk(
  systems: readonly OwnSystem[],
  segments: number,
  { rounds }: Times,
  variant = '',
): Promise<Section> {
  const chunks = makeRows(ROWS, segments);
  const post = async ({ front }: OwnSystem) => {
    const start = performance.now();
    const rows = await upload(front, chunks);
    return { perSecond: rows / ((performance.now() - start) / 1_000) };
  };
  for (const system of systems) await post(system);
  return {
    title: `POST /segments, one body of a million rows over ${segments.toLocaleString('en')} segments${variant}`,
    unit: 'memberships/s',
    rows: await interleaveSystems(rounds, systems, post),
  };
}

/** How long single requests wait while one client uploads a body that does not end, and how fast that goes. */
export async function measureFairness(
  systems: readonly OwnSystem[],
  { rounds, seconds }: Times,
): Promise<Section> {
  const chunks = makeRows(ROWS, SEGMENTS);
  const post = ({ front }: OwnSystem) =>
    runWrk({
      url: `${front}/segment`,
      what: 'post',
      connections: 64,
      seconds,
      segments: SEGMENTS,
    });
  const postBeside = async (system: OwnSystem) => {
    const end = new AbortController();
    const start = performance.now();
    const uploading = upload(system.front, chunks, { times: Infinity, signal: end.signal });
    const figures = await Promise.race([post(system), uploading.then(endedEarly)]);
    end.abort();
    const rows = await uploading;
    const passed = (performance.now() - start) / 1_000;
    return { ...figures, 'memberships/s, of the body': rows / passed };
  };
  for (const system of systems) await postBeside(system);
  return {
    title: 'POST /segment beside one endless body of POST /segments, 64 connections',
    unit: 'requests/s',
    rows: await interleaveSystems(rounds, systems, postBeside),
  };
}

function endedEarly(): never {
  throw new Error('the endless body ended early');
}

const BODIES = 10;
const BODY_ROWS = 580_000;

/**
 * Resident memory of ES after each of some large bodies.
 *
 * @param starts start systems that nothing has been put to yet
 */
export async function measureBodies(
  starts: readonly (() => Promise<OwnSystem>)[],
): Promise<Section> {
  const rows: Section['rows'] = {};
  for (const start of starts) {
    const { name, front, processes } = await start();
    const after: Record<string, number> = { 'before, MiB': residentMiB(processes.ES) };
    const chunks = makeRows(BODY_ROWS, 200);
    for (let body = 1; body <= BODIES; body += 1) {
      await upload(front, chunks);
      after[`body ${body}, MiB`] = residentMiB(processes.ES);
    }
    rows[name] = after;
  }
  return {
    title: `Resident memory of ES after each of ${BODIES} bodies of ${BODY_ROWS.toLocaleString('en')} rows`,
    unit: 'MiB',
    rows,
  };
}

/** Resident memory while 1 million rows are uploaded, and while 10 million are. */
export async function measureBulkMemory(own: OwnSystem): Promise<Section> {
  const chunks = makeRows(ROWS, 200);
  const rows: Section['rows'] = {};
  for (const times of [1, 10]) {
    const uss: number[] = [];
    const es: number[] = [];
    const uploaded = await upload(own.front, chunks, {
      times,
      onProgress() {
        uss.push(residentMiB(own.processes.USS));
        es.push(residentMiB(own.processes.ES));
      },
    });
    rows[`${uploaded / 1e6} million rows`] = { USS: median(uss), ES: median(es) };
  }
  return { title: 'POST /segments, median resident memory meanwhile', unit: 'MiB', rows };
}
