# The portal and its signaling in one container: `docker compose up portal`. Only what runs is kept; nothing runs as root.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# The published frontend, unmodified, and our own build.
RUN npx tsx scripts/fetch.ts && npm run build

FROM node:22-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build --chown=node:node /app /app
USER node
EXPOSE 8787
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s \
  CMD node -e "fetch('http://127.0.0.1:8787/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
ENTRYPOINT ["node", "--import", "tsx", "scripts/start.ts", "--host", "0.0.0.0"]
