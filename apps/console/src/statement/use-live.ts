import { useEffect, useState } from 'react';

const pollMs = 2_000;

export interface Live<T> {
  readonly data: T | undefined;
  /** The last answer was a refusal; what was there before stays. */
  readonly problem: string | undefined;
}

/** A statement that is asked again every two seconds while the page is in front. */
export function useLive<T>(path: string): Live<T> {
  const [live, setLive] = useState<Live<T>>({ data: undefined, problem: undefined });
  useEffect(() => {
    const abort = new AbortController();
    const ask = async () => {
      if (document.hidden) return;
      try {
        const response = await fetch(`/api/statement/${path}`, { signal: abort.signal });
        const answer = await response.json();
        if (!response.ok) throw new Error(answer.message);
        setLive({ data: answer, problem: undefined });
      } catch (error) {
        if (abort.signal.aborted) return;
        setLive(({ data }) => ({ data, problem: error instanceof Error ? error.message : String(error) }));
      }
    };
    setLive({ data: undefined, problem: undefined });
    void ask();
    const timer = setInterval(() => void ask(), pollMs);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [path]);
  return live;
}
