/** The library without a page: documents, rooms and links, for clients of one's own, tests and benches. */
export { applyOps } from './core/apply.ts';
export { Document, type ReadonlyDocument } from './core/document.ts';
export { diffDocuments } from './core/fields-diff.ts';
export type { Op } from './core/ops.ts';
export type { SharedDocument } from './core/shared-document.ts';
export { exportWorkflow, importWorkflow } from './core/workflow.ts';
export type { Connection } from './protocol/connection.ts';
export { MeshError } from './protocol/errors.ts';
export * from './sync/index.ts';
export * from './transport/index.ts';
