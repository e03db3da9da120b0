/** The directives of a content security policy, each with the sources that it allows. */
type ContentSecurityPolicy = Readonly<Record<string, readonly string[]>>;

const NONE = ["'none'"];
const SELF = ["'self'"];

/** The policy of answers with data: a browser that shows one loads and runs nothing for it, and no page may frame it. */
export const DATA_POLICY: ContentSecurityPolicy = {
  'default-src': NONE,
  'frame-ancestors': NONE,
};

/** The policy of Swagger UI: it consists of its own files, but writes styles and images into its page. */
export const SWAGGER_POLICY: ContentSecurityPolicy = {
  'default-src': SELF,
  'script-src': SELF,
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'object-src': NONE,
  'base-uri': NONE,
  'form-action': SELF,
  'frame-ancestors': NONE,
};

/** The policy of the page of ES: it consists only of its own files, and requests nothing from other sites. */
export const PAGE_POLICY: ContentSecurityPolicy = {
  'default-src': NONE,
  'script-src': SELF,
  'style-src': SELF,
  'img-src': SELF,
  'connect-src': SELF,
  'base-uri': NONE,
  'form-action': NONE,
  'frame-ancestors': NONE,
};

/** A policy as the value of its header. */
export function policyHeader(policy: ContentSecurityPolicy): string {
  return Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; ');
}
