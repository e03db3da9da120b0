import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files of a certificate and its key, PEM. */
export interface Certificate {
  certFile: string;
  keyFile: string;
}

/** An authority of the test's own. */
export interface Authority {
  caFile: string;
  /**
   * Issues a certificate for this machine, and replaces the one that was issued under the same name before.
   *
   * @param alternativeNames as `subjectAltName` of openssl has them; the name and this machine by default, none if empty
   */
  issue(name: string, validDays?: number, alternativeNames?: string): Certificate;
  close(): void;
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority, by the command openssl. */
export function createAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  const file = (name: string) => join(directory, name);
  const openssl = (...parameters: string[]) =>
    execFileSync('openssl', parameters, { cwd: directory, stdio: 'pipe' });
  openssl(
    'req',
    '-x509',
    ...EC_KEY,
    '-subj',
    '/CN=authority',
    '-days',
    '2',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  return {
    caFile: file('ca.pem'),
    issue(name, validDays = 1, alternativeNames = `DNS:${name},DNS:localhost,IP:127.0.0.1`) {
      const names =
        alternativeNames === '' ? [] : ['-addext', `subjectAltName=${alternativeNames}`];
      openssl(
        'req',
        '-new',
        ...EC_KEY,
        '-subj',
        `/CN=${name}`,
        ...names,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
      );
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-copy_extensions',
        'copy',
        '-days',
        String(validDays),
        '-out',
        `${name}.pem`,
      );
      return { certFile: file(`${name}.pem`), keyFile: file(`${name}.key`) };
    },
    close: () => rmSync(directory, { recursive: true }),
  };
}
