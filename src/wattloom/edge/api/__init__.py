"""Where do browsers and programs ask? Every use case as a route, live data, jobs, operation.

`application.application(find, settings)` joins it; worker processes load `hands` alone.
"""
