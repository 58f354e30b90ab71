import { createRoot } from 'react-dom/client';
import { MeetingPage } from './meeting/meeting-page';
import { StatementPage } from './statement/statement-page';
import './style.css';
import './statement/statement.css';

const root = document.getElementById('root');
const isStatement = location.pathname.startsWith('/statement');
if (root) createRoot(root).render(isStatement ? <StatementPage /> : <MeetingPage />);
