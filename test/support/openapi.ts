import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** A function that says what of a value does not fit a schema of the document. */
export function schemaCheck(document: object) {
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  ajv.addSchema(document, 'document');
  return (schema: { $ref?: string }, value: unknown): string => {
    const rooted = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
    return ajv.validate(rooted, value) ? '' : ajv.errorsText();
  };
}

/** Looks at every object in a document. */
// biome-ignore lint/suspicious/noExplicitAny: a JSON document
export function visit(node: any, look: (node: any) => void): void {
  if (typeof node !== 'object' || node === null) return;
  look(node);
  for (const child of Object.values(node)) visit(child, look);
}
