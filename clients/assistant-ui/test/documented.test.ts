import { test } from 'node:test';
import { counted } from '../../testing/counted.ts';
import { openDocumented } from '../../testing/documented.ts';

test('the code of the page runs as it stands there', async () => {
  await openDocumented('assistant-ui', new URL('..', import.meta.url), async (page) => {
    await page.fill('textarea', 'Count to 7');
    await page.getByText('Send').click();
    await page.getByText(counted(7)).waitFor();
    await page.reload();
    await page.getByText(counted(7)).waitFor();
  });
});
