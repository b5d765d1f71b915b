import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { McpOptions } from '../services.ts';
import { addTools } from './tools.ts';

/** What agents are told about us as a whole. */
export const about = `Tutti runs teams of coding agents on a task, has them review each other, and brings a reviewed change. Hand in a task with submit_task, look at it with job_status until it has ended, read job_result. A job that waits has questions: answer them with answer_question. The change is not in the files until the person applies it.`;

/** Serves the tools over MCP on the given streams until the input ends. */
export async function serveMcp(options: McpOptions): Promise<void> {
  const server = new McpServer({ name: 'tutti', version: options.version }, { instructions: about });
  addTools(server, options);
  const ended = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    options.input.once('end', resolve);
    options.input.once('close', resolve);
  });
  await server.connect(new StdioServerTransport(options.input, options.output));
  await ended;
  await server.close();
}
