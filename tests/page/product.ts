import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliBench } from '../scenarios/cli-bench.ts';
import { type View, Visit } from './stage.ts';

/** The whole product behind the page: `tutti up` with a worker, its agents playing parts. */
export class Product implements AsyncDisposable {
  readonly bench: CliBench;
  readonly url: string;

  private constructor(bench: CliBench, url: string) {
    this.bench = bench;
    this.url = url;
  }

  static async start(bench: CliBench): Promise<Product> {
    const up = bench.start(['up', '--port', '0', '--config', bench.config]);
    const [, url = ''] = await up.said(/tutti \S+ at (http:\S+)/);
    return new Product(bench, url);
  }

  async visit(view: View = {}): Promise<Visit> {
    const { out } = await this.bench.call(['open', '--print']);
    return Visit.signIn(out.trim(), view);
  }

  /** Hands in a task for the agent `solo`; answers the job's id. */
  async submit(utterance: string): Promise<string> {
    const answer = await fetch(`${this.url}/task`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${readFileSync(join(this.bench.data, 'token'), 'utf8').trim()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ utterance, agent: 'solo', skill: 'coding', target: this.bench.project, verify: 'none' }),
    });
    return ((await answer.json()) as { readonly job_id: string }).job_id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
  }
}
