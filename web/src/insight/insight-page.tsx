import 'uplot/dist/uPlot.min.css';
import '../style/insight.css';
import { useEffect, useState } from 'react';
import { visible } from '../../../src/kit/display.ts';
import type { InsightAnswer } from '../../../src/wire/insight.ts';
import { useCatalogue } from '../live/catalogue.ts';
import { gateway } from '../live/gateway.ts';
import { clockTime, duration } from '../parts/format.ts';
import { Table } from './chart.tsx';
import { Costs, Phases, Recoveries, Throughput, Verdicts } from './charts.tsx';

const ranges = [7, 30, 90];
/** How often it is asked anew. Milliseconds. */
const AGAIN_MS = 30_000;

type Asked = { readonly insight: InsightAnswer | null; readonly wrong: string };

function useInsight(days: number): Asked {
  const [asked, setAsked] = useState<Asked>({ insight: null, wrong: '' });
  useEffect(() => {
    let isCurrent = true;
    const ask = async () => {
      const answer = await gateway.insight(days);
      if (!isCurrent) return;
      if (answer.ok) setAsked({ insight: answer.value, wrong: '' });
      else setAsked(({ insight }) => ({ insight, wrong: answer.error.message }));
    };
    void ask();
    const timer = window.setInterval(() => void ask(), AGAIN_MS);
    return () => {
      isCurrent = false;
      window.clearInterval(timer);
    };
  }, [days]);
  return asked;
}

/** How things went, and who is at work. */
export default function InsightPage() {
  const [days, setDays] = useState(30);
  const { insight, wrong } = useInsight(days);
  return (
    <>
      <h1>Insight</h1>
      <p className="tools">
        <label>
          The last{' '}
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {ranges.map((one) => (
              <option key={one} value={one}>
                {one} days
              </option>
            ))}
          </select>
        </label>
        <output aria-live="polite">{insight ? about(insight) : 'Reading the journals …'}</output>
        <span className="refused" role="alert">
          {visible(wrong)}
        </span>
      </p>
      {insight && <All insight={insight} />}
    </>
  );
}

function about({ jobs, left_out }: InsightAnswer): string {
  const all = jobs === 1 ? 'one job' : `${jobs} jobs`;
  return left_out ? `${all}, the latest; costs are of all.` : `${all}.`;
}

function All({ insight }: { readonly insight: InsightAnswer }) {
  const { costs, throughput, phases, recoveries, verdicts, voice, queue } = insight;
  return (
    <div className="insight">
      <Costs by="day" rows={costs.day} />
      <Costs by="agent" rows={costs.agent} />
      <Costs by="team" rows={costs.team} />
      <Throughput days={throughput} />
      <Phases phases={phases} />
      <Verdicts verdicts={verdicts} />
      <Recoveries recoveries={recoveries} />
      <section className="chart" aria-label="Voice">
        <h2>Voice</h2>
        <p>{voice ? heard(voice) : 'Nobody has spoken a task in these days.'}</p>
      </section>
      <Queue queue={queue} />
      <Webhooks />
    </div>
  );
}

function heard({ count, p50_ms, p95_ms }: NonNullable<InsightAnswer['voice']>): string {
  const tasks = count === 1 ? 'One task was' : `${count} tasks were`;
  return `${tasks} spoken. From the end of speech to its words: half within ${duration(p50_ms)}, 95 of 100 within ${duration(p95_ms)}.`;
}

function Queue({ queue: { statuses, workers } }: Pick<InsightAnswer, 'queue'>) {
  const rows = workers.map((one) => [one.host, one.process, String(one.jobs), clockTime(one.lease_until)]);
  return (
    <section className="chart" aria-label="Queue and workers">
      <h2>Queue and workers</h2>
      <p>{statuses.map(({ status, jobs }) => `${status} ${jobs}`).join(' · ')}</p>
      {rows.length === 0 ? (
        <p className="none">Nobody holds a job just now.</p>
      ) : (
        <Table label="Workers" columns={['host', 'process', 'jobs', 'holds until']} rows={rows} />
      )}
    </section>
  );
}

/** Where news is sent, as the configuration says. */
function Webhooks() {
  const webhooks = useCatalogue()?.webhooks ?? [];
  return (
    <section className="chart" aria-label="Webhooks">
      <h2>Webhooks</h2>
      {webhooks.length === 0 ? (
        <p className="none">
          Nobody else is told of results: the key <code>webhooks</code> of the configuration names who is.
        </p>
      ) : (
        <ul>
          {webhooks.map(({ to, private: isPrivate }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two may go to one host
            <li key={i}>
              {visible(to)} {isPrivate && <span className="quiet">(may lie in a private network)</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
