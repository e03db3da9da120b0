import type { PeerCertificate } from 'node:tls';

/** The kinds of names that identify a client. `CN` is only used if a certificate has no alternative name of any kind. */
const KINDS = ['DNS', 'URI', 'CN'] as const;

interface CertificateName {
  kind: (typeof KINDS)[number];
  name: string;
}

/**
 * An alternative name as Node.js formats it. A name with a comma, a quote, a backslash or an unusual character is quoted as
 * a JSON string, so no name can look like two names, or like a name of another kind.
 */
const ALTERNATIVE_NAME = /([A-Za-z0-9 ]+):(?:("(?:[^"\\]|\\.)*")|([^",]*))(?:, |$)/y;

/** The names that identify the owner of a certificate; an empty list if they cannot be parsed. */
function namesOf({
  subject,
  subjectaltname,
}: Pick<PeerCertificate, 'subject' | 'subjectaltname'>): CertificateName[] {
  if (subjectaltname === undefined) {
    const commonName: unknown = subject?.CN;
    // If there are several common names, which Node.js gives as a list, none is used: it is unclear which one counts.
    return typeof commonName === 'string' ? [{ kind: 'CN', name: commonName }] : [];
  }
  const names: CertificateName[] = [];
  for (let at = 0; at < subjectaltname.length; ) {
    ALTERNATIVE_NAME.lastIndex = at;
    const [whole, kind, quoted, plain = ''] = ALTERNATIVE_NAME.exec(subjectaltname) ?? [];
    if (whole === undefined) return [];
    at += whole.length;
    if (kind !== 'DNS' && kind !== 'URI') continue;
    names.push({ kind, name: quoted === undefined ? plain : JSON.parse(quoted) });
  }
  return names;
}

/**
 * Checks whether a certificate has one of the allowed names.
 *
 * @param allowed names with their kind, such as `DNS:uss` or `URI:spiffe://cluster/uss`; a name without a kind matches any
 *   kind
 */
export function createNameCheck(
  allowed: readonly string[],
): (certificate: Pick<PeerCertificate, 'subject' | 'subjectaltname'>) => boolean {
  const known = new Set(allowed.flatMap((name) => keysOf(name)));
  return (certificate) => namesOf(certificate).some((name) => known.has(keyOf(name)));
}

function keysOf(allowed: string): string[] {
  const [, prefix = '', rest = ''] = /^([A-Za-z]+):(.*)$/s.exec(allowed) ?? [];
  const kind = KINDS.find((known) => known === prefix.toUpperCase());
  if (kind !== undefined) return [keyOf({ kind, name: rest })];
  return KINDS.map((any) => keyOf({ kind: any, name: allowed }));
}

/** Host names are compared without regard to upper and lower case. */
function keyOf({ kind, name }: CertificateName): string {
  return `${kind}:${kind === 'DNS' ? name.toLowerCase() : name}`;
}
