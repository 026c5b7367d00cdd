// An example in Chromium, against a server of its own.
import { createGqlChat } from '@gql-chat/client';
import type { BrowserContext, Page } from 'playwright-core';
import { launch, openWindow, serveExample } from './browser.ts';
import { startServer } from './server.ts';

const PASSWORD = 'correct horse battery';

export interface Tab {
  context: BrowserContext;
  page: Page;
  /** Open another tab of the same browser, with this hash in its address. */
  open(hash?: string): Promise<Page>;
}

/** Start the smallest example and a server with these settings. */
export const startVanilla = (settings: Record<string, string> = {}) => startExample('vanilla', 'src/main.ts', settings);

/** Start an example and a server with these settings. */
export async function startExample(name: string, entry: string, settings: Record<string, string> = {}) {
  const site = await serveExample(name, entry);
  const server = await startServer({ GQL_CHAT_ALLOWED_ORIGINS: site.origin, ...settings });
  const browser = await launch();

  /** Make an account and sign it in, in a browser of its own, which reaches the server at this address. */
  const signIn = async (username: string, url = server.url): Promise<Tab> => {
    const chat = createGqlChat({ url: server.url });
    await chat.auth.signUp({ username, email: `${username}@example.com`, password: PASSWORD });
    chat.close();
    const context = await browser.newContext();
    const open = async (hash = '') => {
      const page = await openWindow(context);
      await page.goto(`${site.origin}/?server=${url}${hash}`);
      return page;
    };
    const page = await open();
    await page.fill('[name=login]', username);
    await page.fill('[name=password]', PASSWORD);
    await page.click('text=Sign in');
    await page.waitForSelector('main:not([hidden])');
    return { context, page, open };
  };
  const stop = async () => {
    await browser.close();
    site.close();
    await server.stop();
  };
  return { server, signIn, stop };
}

export async function send(page: Page, text: string): Promise<void> {
  await page.fill('[name=text]', text);
  await page.click('text=Send');
}
