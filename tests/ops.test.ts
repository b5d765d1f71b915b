import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { catalogue, type MetricName } from '../src/domain/metrics/catalogue.ts';

const ops = join(import.meta.dirname, '..', 'ops');
const read = (name: string) => readFileSync(join(ops, name), 'utf8');

const target = z.object({ expr: z.string().min(1), legendFormat: z.string(), refId: z.string() });
const place = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
const panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  gridPos: place,
  targets: z.array(target).optional(),
});
const dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.number().min(36),
  panels: z.array(panel),
});

/** Names of metrics in an expression, without what Prometheus adds to the names of histograms. */
function metricsIn(expr: string): readonly string[] {
  const names = expr.match(/\b(?:tutti|big3|orchestrator|dual_orchestrator)_[a-z0-9_]+/g) ?? [];
  return names.map((name) => (name in catalogue ? name : name.replace(/_(?:bucket|sum|count)$/, '')));
}

/** Labels that an expression picks or groups by. */
function labelsIn(expr: string): readonly string[] {
  const picked = [...expr.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)\s*"/g)].map((match) => match[1] ?? '');
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap((match) => (match[1] ?? '').split(/,\s*/));
  return [...picked, ...grouped].filter((label) => label !== 'le' && label !== 'job');
}

const alerts = [...read('alerts.yml').matchAll(/^ +expr: (.+)$/gm)].map((match) => match[1] ?? '');
const shown = dashboard
  .parse(JSON.parse(read('grafana.json')))
  .panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

test.each([...alerts, ...shown])('%s asks only for metrics and labels that there are', (expr) => {
  const names = metricsIn(expr);
  if (!expr.startsWith('up{')) expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect(Object.keys(catalogue)).toContain(name);
  const known = names.flatMap((name): readonly string[] => catalogue[name as MetricName].labels);
  for (const label of labelsIn(expr)) expect(known).toContain(label);
});

test('the dashboard’s panels have ids of their own and do not lie on each other', () => {
  const { panels } = dashboard.parse(JSON.parse(read('grafana.json')));
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});

test('every rule has a name of its own and says in words what is the matter', () => {
  const rules = read('alerts.yml')
    .split(/^ +- alert: /m)
    .slice(1);
  expect(new Set(rules.map((rule) => rule.split('\n')[0])).size).toBe(rules.length);
  expect(rules).toHaveLength(alerts.length);
  for (const rule of rules) for (const part of ['severity:', 'summary:']) expect(rule).toContain(part);
});

test('the handbook of the metrics names every one of them', () => {
  const text = readFileSync(join(ops, '..', 'docs', 'metrics.md'), 'utf8');
  for (const name of Object.keys(catalogue)) expect(text).toContain(`\`${name}\``);
});

const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
test.runIf(hasPromtool)('Prometheus’ own tool accepts rules and configuration', () => {
  execFileSync('promtool', ['check', 'rules', join(ops, 'alerts.yml')]);
  execFileSync('promtool', ['check', 'config', '--syntax-only', join(ops, 'prometheus.yml')]);
});
