# The app with what ships. Mount a folder of corpora at /corpora to hear the real clips.
FROM python:3.12-slim

RUN useradd --create-home lab
WORKDIR /home/lab/app
COPY requirements.txt .
# Serving needs no training: without TensorFlow the image is some 2 GB smaller. `--build-arg TRAINING=1` keeps it.
ARG TRAINING=0
RUN if [ "$TRAINING" = 1 ]; then cp requirements.txt /tmp/requirements.txt; \
    else grep -vE '^(tensorflow)==' requirements.txt > /tmp/requirements.txt; fi \
    && pip install --no-cache-dir -r /tmp/requirements.txt
COPY --chown=lab . .
USER lab
ENV SER_DATA_ROOT=/corpora
EXPOSE 8501
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=3)"]
CMD ["streamlit", "run", "streamlit_app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true"]
