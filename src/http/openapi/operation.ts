/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Operation>>;
  [member: string]: unknown;
}

/** The description of one route in an OpenAPI document. */
export interface Operation {
  /** The group in which it is shown. */
  tags: readonly string[];
  /** Its name in generated clients. */
  operationId: string;
  summary: string;
  /** More about it, in Markdown. */
  description?: string;
  parameters?: readonly Parameter[];
  requestBody?: object;
  /** By status. */
  responses: Record<string, object>;
  /** The credentials that it needs; added when the document is made. */
  security?: readonly object[];
}

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  description: string;
  schema: object;
  [member: string]: unknown;
}
