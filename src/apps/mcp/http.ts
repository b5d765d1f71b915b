import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { AnswerMcp } from '../services.ts';
import { about } from './server.ts';
import { addTools } from './tools.ts';

/** Answers one message. Nothing is kept between messages, so there is nothing to bound, and no client minds a restart. */
export const answerMcp: AnswerMcp = async ({ gateway, target, version, request, message }) => {
  const server = new McpServer({ name: 'tutti', version }, { instructions: about });
  addTools(server, { gateway, target });
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  try {
    return await transport.handleRequest(request, { parsedBody: message });
  } finally {
    await server.close();
  }
};
