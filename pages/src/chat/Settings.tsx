import { useState } from 'react';
import { Dialog } from '../shared/Dialog';
import { useWords, type Words } from '../shared/words';
import { AccountSettings } from './AccountSettings';
import { ChatSettings } from './ChatSettings';
import { KeySettings } from './KeySettings';
import { UsageChart } from './UsageChart';

type Tab = 'chat' | 'keys' | 'usage' | 'account';

/** What a user can set up, by subject. */
export function Settings({ sessionId, onClose }: { sessionId: string | undefined; onClose: () => void }) {
  const words = useWords();
  const tabs: Tab[] = sessionId ? ['chat', 'keys', 'usage', 'account'] : ['keys', 'usage', 'account'];
  const [tab, setTab] = useState<Tab>(tabs[0]!);
  return (
    <Dialog title={words.settings} onClose={onClose}>
      <div className="tabs" role="tablist">
        {tabs.map((name) => (
          <button key={name} role="tab" id={`tab-${name}`} aria-controls="settings-panel" aria-selected={name === tab} onClick={() => setTab(name)}>
            {words[name as keyof Words]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="settings-panel" aria-labelledby={`tab-${tab}`}>
        {tab === 'chat' && <ChatSettings sessionId={sessionId!} />}
        {tab === 'keys' && <KeySettings />}
        {tab === 'usage' && <UsageChart />}
        {tab === 'account' && <AccountSettings />}
      </div>
    </Dialog>
  );
}
