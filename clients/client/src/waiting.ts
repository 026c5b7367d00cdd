/** Wait before attempt number `attempt` (from 0): a random time of up to 0.2, 0.4, 0.8 … 10 s, cut short when the browser is online again. */
export function backoff(attempt: number, atLeastSeconds = 0): Promise<void> {
  const milliseconds = atLeastSeconds * 1000 + Math.random() * Math.min(200 * 2 ** attempt, 10_000);
  return new Promise((resolve) => {
    const target = globalThis as Partial<Pick<typeof globalThis, 'addEventListener' | 'removeEventListener'>>;
    const end = () => {
      clearTimeout(timer);
      target.removeEventListener?.('online', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    if (!atLeastSeconds) target.addEventListener?.('online', end);
  });
}

/** Make a key that no other request has. */
export function uniqueKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
