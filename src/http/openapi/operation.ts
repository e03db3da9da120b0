/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Operation>>;
  [member: string]: unknown;
}

/** How an OpenAPI document describes one route. */
export interface Operation {
  /** The group that it is shown in. */
  tags: readonly string[];
  /** What generated clients call it. */
  operationId: string;
  summary: string;
  /** More about it, in Markdown. */
  description?: string;
  parameters?: readonly Parameter[];
  requestBody?: object;
  /** By status. */
  responses: Record<string, object>;
  /** The credentials it asks for; added as the document is put together. */
  security?: readonly object[];
}

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  description: string;
  schema: object;
  [member: string]: unknown;
}
