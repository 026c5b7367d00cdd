import { test } from 'node:test';
import { counted } from '../../testing/counted.ts';
import { openDocumented } from '../../testing/documented.ts';

test('the code of the page runs as it stands there', async () => {
  await openDocumented('ai-sdk', new URL('../../examples/ai-sdk/', import.meta.url), async (page) => {
    await page.fill('[name=text]', 'Count to 7');
    await page.getByText('Send').click();
    await page.getByText(counted(7)).waitFor();
    await page.reload();
    await page.getByText(counted(7)).waitFor();
    page.once('dialog', (dialog) => dialog.accept('Count to 6'));
    await page.getByText('Edit').click();
    await page.getByText(counted(6)).waitFor();
    await page.getByText('2 of 2').click();
    await page.getByText(counted(7)).waitFor();
  });
});
