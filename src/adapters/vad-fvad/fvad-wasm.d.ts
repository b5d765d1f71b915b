/** The package has no types of its own: what we use of it. Handles and places in memory are numbers. */
declare module '@echogarden/fvad-wasm' {
  interface Fvad {
    readonly HEAP16: Int16Array;
    _malloc(bytes: number): number;
    _free(place: number): void;
    _fvad_new(): number;
    _fvad_free(handle: number): void;
    /** 0 when done. */
    _fvad_set_mode(handle: number, mode: number): number;
    /** 0 when done. */
    _fvad_set_sample_rate(handle: number, hz: number): number;
    /** 1 voiced, 0 not, -1 for a frame of another length than 10, 20 or 30 ms. */
    _fvad_process(handle: number, place: number, samples: number): number;
  }
  export default function open(): Promise<Fvad>;
}
