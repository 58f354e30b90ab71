import { createRoot } from 'react-dom/client';
import { MeetingPage } from './meeting/meeting-page';
import './style.css';

const root = document.getElementById('root');
if (root) createRoot(root).render(<MeetingPage />);
