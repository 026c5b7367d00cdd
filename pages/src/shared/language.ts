import { useSyncExternalStore } from 'react';

const KEPT_AS = 'gql-chat:language';
const listeners = new Set<() => void>();
let language: 'en' | 'zh' = (localStorage.getItem(KEPT_AS) ?? navigator.language).startsWith('zh') ? 'zh' : 'en';
document.documentElement.lang = language;

/** Change to the other language. */
export function switchLanguage(): void {
  language = language === 'en' ? 'zh' : 'en';
  localStorage.setItem(KEPT_AS, language);
  document.documentElement.lang = language;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Make the hook that returns these words in the language that is chosen, and that language's code. */
export function makeWords<Words>(english: Words, chinese: Words): () => Words & { locale: 'en' | 'zh' } {
  const inLanguage = { en: { ...english, locale: 'en' as const }, zh: { ...chinese, locale: 'zh' as const } };
  return () => inLanguage[useSyncExternalStore(subscribe, () => language)];
}
