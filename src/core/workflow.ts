/** Workflow JSON in and out (D1). */
export { definitionJson, type ExportOptions, exportWorkflow } from './workflow-export.ts';
export { importWorkflow } from './workflow-import.ts';
