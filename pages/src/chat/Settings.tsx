import { useState } from 'react';
import { Dialog } from '../shared/Dialog';
import { useWords } from '../shared/words';
import { AccountSettings } from './AccountSettings';
import { ChatSettings } from './ChatSettings';
import { KeySettings } from './KeySettings';
import { UsageChart } from './UsageChart';

const TABS = ['chat', 'keys', 'usage', 'account'] as const;
type Tab = (typeof TABS)[number];

/** What a user can set up, by subject. */
export function Settings({ sessionId, onClose }: { sessionId: string | undefined; onClose: () => void }) {
  const words = useWords();
  const [tab, setTab] = useState<Tab>('chat');
  return (
    <Dialog title={words.settings} onClose={onClose}>
      <div className="tabs" role="tablist">
        {TABS.map((name) => (
          <button key={name} role="tab" id={`tab-${name}`} aria-controls="settings-panel" aria-selected={name === tab} onClick={() => setTab(name)}>
            {words[name]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="settings-panel" aria-labelledby={`tab-${tab}`}>
        {tab === 'chat' && <ChatSettings sessionId={sessionId} />}
        {tab === 'keys' && <KeySettings />}
        {tab === 'usage' && <UsageChart />}
        {tab === 'account' && <AccountSettings />}
      </div>
    </Dialog>
  );
}
