import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { arrive, checkAccessibility, lastReply, picture, send, signIn, signUp, type Place } from './person.ts';

let place: Place;

before(async () => {
  place = await arrive({ GQL_CHAT_ALLOWED_NETWORKS: '127.0.0.0/8' });
});
after(() => place?.close());

test('a person signs up, asks, asks again in other ways, and walks through the versions', async () => {
  const page = await place.open();
  await checkAccessibility(page);
  await picture(page, 'sign-in');
  await signUp(page, 'ada');
  await page.getByText('What is on your mind?').waitFor();
  await send(page, 'Count to 5');
  assert.equal(await lastReply(page), '1, 2, 3, 4, 5. 🎉');
  assert.match(page.url(), /#ses_/);

  await page.getByRole('button', { name: 'Regenerate' }).click();
  await page.getByText('2/2').waitFor();
  assert.equal(await lastReply(page), '1, 2, 3, 4, 5. 🎉');
  await page.getByRole('button', { name: 'Previous version' }).click();
  await page.getByText('1/2').waitFor();

  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Edit').fill('Count to 3');
  await page.locator('form.editing').getByRole('button', { name: 'Send' }).click();
  await page.getByRole('article', { name: 'You' }).getByText('2/2').waitFor();
  assert.equal(await lastReply(page), '1, 2, 3. 🎉');
  await page.getByRole('button', { name: 'Previous version' }).first().click();
  await page.getByRole('article', { name: 'You' }).getByText('Count to 5').waitFor();
  await checkAccessibility(page);
  await page.context().close();
});

test('a reply is stopped and continued, with code, a table and its copy button', async () => {
  const page = await place.open();
  await signUp(page, 'bea');
  await send(page, 'Count to 150');
  await page.getByText('10, 11').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('You stopped this reply.').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  assert.match(await lastReply(page), /^1, 2, 3, 4, 5/);
  await send(page, 'Show me some code');
  await lastReply(page);
  await page.locator('pre code .hljs-keyword').first().waitFor();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('.code').getByRole('button', { name: 'Copy' }).click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /def |print/);
  await checkAccessibility(page);
  await picture(page, 'chat');
  await page.context().close();
});

test('a new chat begins with a suggestion, or with a persona that is chosen before the first message', async () => {
  const page = await place.open();
  await signUp(page, 'finn');
  await page.getByRole('button', { name: 'Show me some code' }).click();
  assert.match(await lastReply(page), /fibonacci/);
  await page.getByRole('button', { name: 'New chat' }).first().click();
  await page.getByTitle('This chat').click();
  await page.getByLabel('Persona').selectOption({ index: 1 });
  const persona = await page.getByLabel('Persona').inputValue();
  await page.getByLabel('Model').fill('demo');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Done.').waitFor();
  await page.getByLabel('Close').click();
  await page.getByTitle('This chat').getByText(`${persona} · demo`).waitFor();
  await send(page, 'Count to 3');
  assert.equal(await lastReply(page), '1, 2, 3. 🎉');
  await page.getByText(/demo · \d+ tokens/).waitFor();
  await page.reload();
  await page.getByTitle('This chat').getByText(`${persona} · demo`).waitFor();
  await checkAccessibility(page);
  await page.context().close();
});

test('chats are named, pinned, found by what they say, and deleted', async () => {
  const page = await place.open();
  page.on('dialog', (dialog) => void dialog.accept());
  await signUp(page, 'cleo');
  await send(page, 'Count to 4');
  await lastReply(page);
  const more = page.getByLabel('More about this chat');
  await more.click();
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Rename').fill('Numbers');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Numbers' }).waitFor();
  await more.click();
  await page.getByRole('button', { name: 'Pin', exact: true }).click();
  await page.getByRole('heading', { name: 'Pinned' }).waitFor();
  await page.getByRole('button', { name: 'New chat' }).first().click();
  await page.getByText('What is on your mind?').waitFor();
  await page.getByLabel('Search').fill('count');
  await page.locator('mark', { hasText: 'Count' }).first().click();
  await page.getByRole('article', { name: 'You' }).getByText('Count to 4').waitFor();
  await page.getByLabel('Search').fill('');
  await more.click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('What is on your mind?').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Numbers' }).count(), 0);
  await page.context().close();
});

test('files are attached by the picker and by dropping, and reach the model', async () => {
  const page = await place.open();
  await signUp(page, 'dora');
  const file = { name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('The plan is to rest.') };
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByText('plan.txt').waitFor();
  await page.locator('.attachments progress').waitFor({ state: 'detached' });
  await send(page, 'What does it say?');
  await lastReply(page);
  await page.getByRole('link', { name: 'plan.txt' }).waitFor();
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['MZ'], 'virus.exe', { type: 'application/x-msdownload' }));
    return data;
  });
  await page.locator('.conversation').dispatchEvent('drop', { dataTransfer: transfer });
  await page.getByRole('alert').getByText('virus.exe').waitFor();
  await page.context().close();
});

test('settings hold keys, usage and the account, and are in Chinese for who wants that', async () => {
  const page = await place.open();
  await signUp(page, 'eve');
  await send(page, 'Count to 2');
  await lastReply(page);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel('Own system prompt').fill('Answer in one word.');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Done.').waitFor();
  await checkAccessibility(page);
  await page.getByRole('tab', { name: 'Keys' }).click();
  await page.getByLabel('Name').fill('Mine');
  await page.getByLabel('Base URL').fill('http://127.0.0.1:8999/v1');
  await page.getByLabel('Model').fill('some-model');
  await page.getByLabel('API key').fill('sk-secret-of-eve');
  await page.getByRole('button', { name: 'Add a key' }).click();
  await page.getByRole('button', { name: 'Test: Mine' }).waitFor();
  assert.equal((await page.content()).includes('sk-secret-of-eve'), false);
  await checkAccessibility(page);
  await page.getByRole('button', { name: 'Delete: Mine' }).click();
  await page.getByRole('button', { name: 'Test: Mine' }).waitFor({ state: 'detached' });
  await page.getByRole('tab', { name: 'Usage' }).click();
  await page.getByText(/\d+ tokens · calls: 1/).waitFor();
  await picture(page, 'usage');
  await checkAccessibility(page);
  await page.getByRole('tab', { name: 'Account' }).click();
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('button', { name: '退出登录' }).waitFor();
  await checkAccessibility(page);
  await picture(page, 'chinese');
  await page.context().close();
});

test('two tabs are in step, and a page that is loaded again in mid-stream goes on', async () => {
  const page = await place.open();
  await signUp(page, 'fay');
  await send(page, 'Count to 120');
  await page.waitForURL(/#ses_/);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await second.getByText('10, 11').waitFor();
  await page.reload();
  await page.getByText('20, 21').waitFor();
  assert.equal(await lastReply(page), await lastReply(second));
  assert.match(await lastReply(page), /118, 119, 120\. 🎉$/);
  await page.context().close();
});

test('it fits a phone, in the dark', async () => {
  const page = await place.open('/', { viewport: { width: 390, height: 780 }, colorScheme: 'dark', hasTouch: true, isMobile: true });
  await signUp(page, 'gil');
  await send(page, 'Count to 3');
  await lastReply(page);
  await page.getByLabel('Show or hide the chats').click();
  await page.getByRole('button', { name: 'New chat' }).first().click();
  await page.getByText('What is on your mind?').waitFor();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(overflow, 0);
  await checkAccessibility(page);
  await picture(page, 'phone');
  await page.context().close();
});

test('a message that is sent from further up is brought into view, and text that grows alone brings nobody down', async () => {
  const page = await place.open('/', { viewport: { width: 1200, height: 500 } });
  await signUp(page, 'ivy');
  await send(page, 'write a long text of 200 words');
  await lastReply(page);
  const messages = page.getByRole('log', { name: 'Messages' });
  const toTop = () => messages.evaluate((element) => { element.scrollTop = 0; });
  await toTop();
  await send(page, 'write a long text of 100 words');
  await page.getByRole('article', { name: 'You' }).last().waitFor();
  await page.waitForFunction(() => {
    const { scrollHeight, scrollTop, clientHeight } = document.querySelector('[role=log]')!;
    return scrollHeight - scrollTop - clientHeight < 80;
  });
  await toTop();
  await lastReply(page);
  assert.equal(await messages.evaluate((element) => element.scrollTop), 0);
  await page.context().close();
});

test('the keyboard alone is enough', async () => {
  const page = await place.open();
  await signUp(page, 'hal');
  await page.getByText('What is on your mind?').waitFor();
  const other = await place.open();
  await signIn(other, 'hal');
  await other.getByLabel('Write a message').waitFor();
  await other.keyboard.type('Count to 2');
  await other.keyboard.press('Enter');
  assert.equal(await lastReply(other), '1, 2. 🎉');
  await other.context().close();
  await page.context().close();
});
