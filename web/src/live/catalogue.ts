import { useEffect, useState } from 'react';
import type { CatalogueAnswer } from '../../../src/wire/preview.ts';
import { gateway } from './gateway.ts';

/** What a task may name; null until the gateway has said so. */
export function useCatalogue(): CatalogueAnswer | null {
  const [catalogue, setCatalogue] = useState<CatalogueAnswer | null>(null);
  useEffect(() => {
    let isThere = true;
    void gateway.catalogue().then((answer) => {
      if (isThere && answer.ok) setCatalogue(answer.value);
    });
    return () => {
      isThere = false;
    };
  }, []);
  return catalogue;
}
