/** What the demo model says when it is told to count. */
export const counted = (to: number): string => `${Array.from({ length: to }, (_, index) => index + 1).join(', ')}. 🎉`;
