import { type Agreement, agree, type Said } from "./agreement.ts";

/**
 * Collects answers that arrive one by one.
 *
 * @returns `agreement` as soon as it is decided, whoever is still to answer: one slow provider holds nothing up; `all` once
 * the last one has answered, for those who look for lies.
 */
export function askAll<T>(
  asked: readonly Promise<Said<T>>[],
  quorum: number,
): { readonly agreement: Promise<{ result: Agreement<T>; answers: readonly Said<T>[] }>; all: Promise<Said<T>[]> } {
  const { promise, resolve, reject } = Promise.withResolvers<{ result: Agreement<T>; answers: readonly Said<T>[] }>();
  const answers: Said<T>[] = [];
  const consider = () => {
    const result = agree(answers, quorum, asked.length - answers.length);
    if (result.outcome !== "open") resolve({ result, answers: [...answers] });
  };
  consider();
  for (const answer of asked) {
    answer.then((said) => {
      answers.push(said);
      consider();
    }, reject);
  }
  return { agreement: promise, all: Promise.all(asked) };
}

/**
 * Waits until as many as are needed have resolved, then `patience` milliseconds for the rest. Those who reject or come
 * too late are left out.
 */
export async function gather<T>(asked: readonly Promise<T>[], needed: number, patience: number): Promise<T[]> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const arrived: T[] = [];
  let timer: NodeJS.Timeout | undefined;
  const settled = asked.map((one) =>
    one.then(
      (value) => {
        arrived.push(value);
        if (arrived.length >= needed) timer ??= setTimeout(resolve, patience);
      },
      () => {},
    ),
  );
  await Promise.race([promise, Promise.all(settled)]);
  clearTimeout(timer);
  return arrived;
}
