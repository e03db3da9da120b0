import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { offerProgram } from '../../scripts/programs.mjs';
import { scratch } from './processes.js';

/** Where Debian keeps the sources of Go libraries. */
const GOPATH = '/usr/share/gocode';

/**
 * Builds a peer that is written in Go.
 *
 * @param peer its folder in bench/peers/
 * @param library what it needs beside Go
 * @returns the program, or undefined where Go or the library cannot be had
 */
export function buildGo(peer: string, library: string): string | undefined {
  const go = offerProgram('go');
  if (go === undefined || !existsSync(join(GOPATH, 'src', library))) return undefined;
  const program = join(scratch, peer);
  const { status } = spawnSync(go, ['build', '-o', program, `bench/peers/${peer}/main.go`], {
    stdio: 'inherit',
    env: { ...process.env, GO111MODULE: 'off', GOPATH, GOFLAGS: '' },
  });
  return status === 0 ? program : undefined;
}
