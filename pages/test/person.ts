// A person at a browser, in front of a real server with its built pages.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { startServer, type Server } from '../../clients/testing/server.ts';

export const PASSWORD = 'correct horse battery staple';

export interface Place {
  server: Server;
  browser: Browser;
  /** Open the path in a browser profile of its own. Any error that the page logs fails the test, such as a breach of the page's policy. */
  open(path?: string, options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

export async function arrive(settings: Record<string, string> = {}): Promise<Place> {
  const server = await startServer({ GQL_CHAT_DATA_DIR: mkdtempSync(join(tmpdir(), 'gql-chat-pages-')), ...settings });
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  const errors: string[] = [];
  const open = async (path = '/', options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'en-GB', ...options });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && !isOfTheNetwork(message.text()) && errors.push(message.text()));
    await page.goto(server.origin + path);
    return page;
  };
  const close = async () => {
    await browser.close();
    await server.stop();
    assert.deepEqual(errors, []);
  };
  return { server, browser, open, close };
}

/** Chromium logs each request that does not get through, which some tests cause. */
const isOfTheNetwork = (text: string): boolean => /net::ERR_|WebSocket connection to|Failed to load resource/.test(text);

/** Create an account on the page that shows the sign-in. */
export async function signUp(page: Page, username: string): Promise<void> {
  await page.getByRole('button', { name: 'No account yet?' }).click();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Email').fill(`${username}@example.com`);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create an account', exact: true }).click();
}

export async function signIn(page: Page, username: string): Promise<void> {
  await page.getByLabel('Username or email').fill(username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Send a message with Enter, as people do. */
export async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel('Write a message').fill(text);
  await page.keyboard.press('Enter');
}

/** Wait until the last reply has ended, and return its text. */
export async function lastReply(page: Page): Promise<string> {
  const last = page.getByRole('article', { name: 'Assistant' }).last();
  await last.getByRole('button', { name: 'Regenerate' }).waitFor();
  return (await last.locator('.markdown').innerText()).trim();
}

/** Fail on what WCAG 2.2 AA forbids and axe can see. */
export async function checkAccessibility(page: Page): Promise<void> {
  // Playwright evaluates outside the page's policy, so that axe may run.
  const violations = await page.evaluate(async (script) => {
    if (!('axe' in window)) (0, eval)(script);
    const { axe } = window as unknown as { axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    return (await axe.run({ runOnly: tags })).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  }, axe.source);
  assert.deepEqual(violations, []);
}

/** Write a screenshot where a person can look at it, if SCREENSHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
}
