/**
 * Stands in for the schemas of the domain in the page's build. What the page is given the gateway has checked; nothing
 * here is parsed by a schema, and whoever tried would hear of it.
 */
const nothing: unknown = new Proxy(() => undefined, {
  get: (_, name) => {
    if (name === 'parse' || name === 'safeParse') throw new Error('the page has no schemas');
    return name === Symbol.toPrimitive ? undefined : nothing;
  },
  apply: () => nothing,
});

export const z = nothing;
