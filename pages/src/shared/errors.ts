/** Return what went wrong as a sentence for people. The client's errors have one. */
export const asMessage = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
