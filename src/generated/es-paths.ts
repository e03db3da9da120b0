// Made from the routes of ES by npm run generate; do not edit.

/** What ES answers beside what both services do: methods by path. */
export const ES_PATHS: Readonly<Record<string, readonly string[]>> = {
  "/segments": [
    "GET"
  ],
  "/segment/:segment": [
    "DELETE"
  ],
  "/segment/:segment/estimate": [
    "GET"
  ],
  "/segment/:segment/history": [
    "GET"
  ],
  "/segment/:segment/similar": [
    "GET"
  ],
  "/overlap": [
    "POST"
  ],
  "/estimate": [
    "POST"
  ]
};
