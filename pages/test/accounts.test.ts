import { after, before, test } from 'node:test';
import { arrive, checkAccessibility, PASSWORD, picture, signUp, type Place } from './person.ts';

let place: Place;

before(async () => {
  place = await arrive({ GQL_CHAT_REGISTRATION: 'code' });
});
after(() => place?.close());

test('an address is proved by a code, and a forgotten password is replaced by another', async () => {
  const page = await place.open();
  await signUp(page, 'grace');
  await page.getByLabel('Code from the email').fill('not it');
  await page.getByRole('button', { name: 'Create an account', exact: true }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Code from the email').fill(await mailedCode(1));
  await page.getByRole('button', { name: 'Create an account', exact: true }).click();
  await page.getByText('What is on your mind?').waitFor();
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('tab', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();

  await page.getByRole('button', { name: 'Forgot your password?' }).click();
  await page.getByLabel('Username or email').fill('grace');
  await page.getByRole('button', { name: 'Email me a code' }).click();
  await page.getByLabel('Code from the email').fill(await mailedCode(2));
  await page.getByLabel('New password').fill(`${PASSWORD} 2`);
  await checkAccessibility(page);
  await picture(page, 'reset');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('What is on your mind?').waitFor();
  await page.context().close();
});

/** Wait for the server's email of this number, and return the code in it. */
async function mailedCode(number: number): Promise<string> {
  for (;;) {
    const emails = [...place.server.printed().matchAll(/^--- Mail to [^]*?\b(\d{6})\b/gm)];
    if (emails.length >= number) return emails[number - 1]![1]!;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
