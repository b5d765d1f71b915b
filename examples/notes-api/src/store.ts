export interface Note {
  readonly id: number;
  readonly text: string;
}

/** Notes in memory, oldest first. */
export class NoteStore {
  readonly #notes: Note[] = [];

  add(text: string): Note {
    const note = { id: this.#notes.length + 1, text };
    this.#notes.push(note);
    return note;
  }

  all(): readonly Note[] {
    return this.#notes;
  }

  get(id: number): Note | undefined {
    return this.#notes[id - 1];
  }
}
