import { engineContract } from './engine-contract.ts';
import { sqliteBench } from './engine-files.ts';

engineContract('sqlite', sqliteBench);
