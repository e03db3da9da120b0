# ES, the Estimation Service. Build: docker build -f Dockerfile.es -t user-segmentation-es .
FROM node:26.7.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/*.mjs ./scripts/
COPY src ./src
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:26.7.0-bookworm-slim
ARG SOURCE_COMMIT=unknown
ENV NODE_ENV=production \
    SOURCE_COMMIT=$SOURCE_COMMIT \
    ES_HTTP_HOST=0.0.0.0 \
    ES_GRPC_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY proto ./proto
USER node
EXPOSE 8484 50051
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8484/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Room for what thousands of requests at once leave behind; see docs/operations.md.
CMD ["node", "--max-semi-space-size=64", "dist/es/main.js"]
