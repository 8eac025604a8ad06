import { other } from "./other";

export function pick(value: number): number;
export function pick(value: string): string;
export function pick(value: unknown) {
  return value ?? "nothing 11";
}

/** Holds a value. */
@sealed
export class Box<T extends object = {}> {
  static size = 12; #hidden = 13;

  @bound()
  get value() { return this.#hidden + 14; }
  set value(now) {
    this.#hidden = now ||
      15;
  }

  async *[Symbol.iterator]() {
    yield `one ${this.value + 16}
not indented
  two`;
  }

  later = async (many: number[] = [17, 18]) => {
    await other(many);
    return /[`"']19/.test(String(many));
  };
}

export default class { run() { return 20; } }
