import { expect, test } from 'vitest';
import { edgeConfig } from '../../wire/edge-config.ts';
import { readSettings } from './settings.ts';

test('quotes hold the words of a speaker together, as they do for a source', () => {
  const speaker = 'command:"/opt/my player" --device \'Living room\'';
  const read = readSettings({ flags: { speaker }, env: {}, config: edgeConfig.parse({}) });
  expect(read).toMatchObject({ ok: true, value: { player: ['/opt/my player', '--device', 'Living room'] } });
});
