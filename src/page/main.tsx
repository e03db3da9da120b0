import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style/tokens.css';
import './style/base.css';
import './style/layout.css';
import './style/controls.css';
import './style/segments.css';
import './style/segment.css';
import './style/overlap.css';
import { App } from './app.js';
import { applyTheme } from './state/theme.js';

applyTheme();
render(<App />, document.getElementById('page') as HTMLElement);
